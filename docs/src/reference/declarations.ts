import {
  type JSDoc,
  type JSDocableNode,
  Node,
  type ParameterDeclaration,
  Project,
  ScriptTarget,
  type TypeAliasDeclaration,
  ts,
} from "ts-morph";

/** What a comment says, in Markdown. `{@link name}` is left for the page to resolve. */
export interface Comment {
  text: string;
  params: { name: string; text: string }[];
  returns: string;
  throws: string[];
}

export interface Parameter {
  name: string;
  type: string;
  optional: boolean;
  text: string;
}

/** Something that can be called: a function, a constructor or a method. */
export interface Callable {
  /** As TypeScript, on one line or one line a parameter. */
  signature: string;
  parameters: Parameter[];
  comment: Comment;
}

/** A field or a method of an interface or a class. */
export interface Member {
  name: string;
  /** The type of a field; undefined for a method. */
  type?: string;
  callable?: Callable;
  comment: Comment;
}

/** Something that a library exports. */
export interface Declaration {
  name: string;
  kind: "function" | "class" | "interface" | "type" | "constant";
  /** Where it is declared: an absolute path. */
  file: string;
  comment: Comment;
  /** As TypeScript: of a constant or a type its declaration, of a class or an interface its first line. */
  signature: string;
  /** Of a function, or of a class's constructor if it declares one. */
  callable?: Callable;
  members: Member[];
}

/**
 * What a module exports, in the order in which it is written: files as the module names them, and within a file from top to
 * bottom. Types are as their author wrote them.
 *
 * @param entry a `.ts` or `.d.ts` file
 * @param names which exports to read; all unless given
 */
export function declarationsOf(entry: string, names?: string[]): Declaration[] {
  const project = new Project({
    skipAddingFilesFromTsConfig: true,
    // Types are shown as they are written: reading the language's own and those of SDKs would take most of the time.
    skipLoadingLibFiles: true,
    resolutionHost: (host, options) => ({
      resolveModuleNames: (names, file) =>
        names.map((name) =>
          /^(\.|@durable-agents\/)/.test(name)
            ? ts.resolveModuleName(name, file, options(), host).resolvedModule
            : undefined,
        ),
    }),
    compilerOptions: {
      target: ScriptTarget.ESNext,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      allowImportingTsExtensions: true,
      noLib: true,
      types: [],
    },
  });
  const module = project.addSourceFileAtPath(entry);
  project.resolveSourceFileDependencies();
  return [...module.getExportedDeclarations()]
    .filter(([name]) => names?.includes(name) ?? true)
    .map(([name, [node]]) => declarationOf(name, node as Node));
}

function declarationOf(name: string, node: Node): Declaration {
  const file = node.getSourceFile().getFilePath();
  if (Node.isFunctionDeclaration(node)) {
    const callable = callableOf(name, node, commentOf(node));
    return {
      name,
      kind: "function",
      file,
      comment: callable.comment,
      signature: callable.signature,
      callable,
      members: [],
    };
  }
  if (Node.isVariableDeclaration(node)) return constantOf(name, file, node);
  if (Node.isTypeAliasDeclaration(node)) {
    return { name, kind: "type", file, comment: commentOf(node), signature: typeSignature(node), members: [] };
  }
  if (Node.isInterfaceDeclaration(node)) {
    const bases = node.getExtends().map((base) => oneLine(base.getText()));
    const head = `interface ${name}${typeParameters(node)}`;
    const short = [head, bases.length > 0 && `extends ${bases.join(", ")}`].filter(Boolean).join(" ");
    const signature = short.length <= LINE_WIDTH ? short : `${head} extends\n  ${bases.join(",\n  ")}`;
    return {
      name,
      kind: "interface",
      file,
      comment: commentOf(node),
      signature,
      members: membersOf(node.getMembers()),
    };
  }
  if (Node.isClassDeclaration(node)) {
    const [base, interfaces] = [node.getExtends(), node.getImplements()];
    const signature = [
      `class ${name}${typeParameters(node)}`,
      base && `extends ${oneLine(base.getText())}`,
      interfaces.length > 0 && `implements ${interfaces.map((it) => oneLine(it.getText())).join(", ")}`,
    ];
    const [declared] = node.getConstructors();
    const isPublic = declared !== undefined && declared.getScope() === "public";
    return {
      name,
      kind: "class",
      file,
      comment: commentOf(node),
      signature: signature.filter(Boolean).join(" "),
      ...(isPublic && { callable: callableOf(`new ${name}`, declared, commentOf(declared)) }),
      // Every error has a name.
      members: membersOf(node.getMembers()).filter(({ name }) => !(name === "name" && base?.getText() === "Error")),
    };
  }
  throw new Error(`${file}: ${name} is a ${node.getKindName()}, which reference pages do not know yet`);
}

/** On one line, or a union with one line for each of its parts. */
function typeSignature(node: TypeAliasDeclaration): string {
  const head = `type ${node.getName()}${typeParameters(node)} =`;
  const type = node.getTypeNodeOrThrow();
  const short = `${head} ${oneLine(type.getText())}`;
  if (short.length <= LINE_WIDTH || !Node.isUnionTypeNode(type)) return short;
  return [head, ...type.getTypeNodes().map((part) => `  | ${oneLine(part.getText())}`)].join("\n");
}

/** A constant; one that is a function is shown as one. */
function constantOf(name: string, file: string, node: Node): Declaration {
  if (!Node.isVariableDeclaration(node)) throw new Error(`${file}: ${name} is no variable`);
  const statement = node.getVariableStatement();
  const comment = statement ? commentOf(statement) : noComment();
  const initializer = node.getInitializer();
  const type = node.getTypeNode() ?? (Node.isArrowFunction(initializer) ? initializer : undefined);
  if (Node.isFunctionTypeNode(type) || Node.isArrowFunction(type)) {
    const callable = callableOf(name, type, comment);
    return { name, kind: "function", file, comment, signature: callable.signature, callable, members: [] };
  }
  const value = initializer ? ` = ${oneLine(initializer.getText())}` : "";
  const signature = `const ${name}${type ? `: ${oneLine(type.getText())}` : ""}${value}`;
  return { name, kind: "constant", file, comment, signature, members: [] };
}

function membersOf(nodes: Node[]): Member[] {
  return nodes.flatMap((node): Member[] => {
    if (Node.isConstructorDeclaration(node)) return [];
    if (!(Node.isMethodSignature(node) || Node.isMethodDeclaration(node) || isField(node))) return [];
    const name = node.getName();
    const hidden = name.startsWith("#") || name.startsWith("[") || ("getScope" in node && node.getScope() !== "public");
    if (hidden) return [];
    const comment = commentOf(node);
    const isStatic = "isStatic" in node && node.isStatic();
    if (Node.isMethodSignature(node) || Node.isMethodDeclaration(node)) {
      const callable = callableOf(name, node, comment);
      if (isStatic) callable.signature = `static ${callable.signature}`;
      return [{ name, callable, comment }];
    }
    const type = Node.isGetAccessorDeclaration(node) ? node.getReturnTypeNode() : node.getTypeNode();
    const optional = "hasQuestionToken" in node && node.hasQuestionToken();
    return [{ name: `${name}${optional ? "?" : ""}`, type: type ? oneLine(type.getText()) : "", comment }];
  });
}

const isField = (node: Node) =>
  Node.isPropertySignature(node) || Node.isPropertyDeclaration(node) || Node.isGetAccessorDeclaration(node);

interface Signature {
  getParameters(): ParameterDeclaration[];
  getReturnTypeNode?(): Node | undefined;
  getTypeParameters?(): Node[];
}

/** Longest signature on one line. */
const LINE_WIDTH = 88;

function callableOf(name: string, node: Signature, comment: Comment): Callable {
  const parameters = node.getParameters().map((parameter) => parameterOf(parameter, comment));
  const texts = parameters.map(({ name, type, optional }) => `${name}${optional ? "?" : ""}: ${type}`);
  const returns = node.getReturnTypeNode?.();
  const types = typeParameters(node);
  const head = `${name}${types.length <= LINE_WIDTH ? types : types.replace(/^<|, (?=T\w+ )/g, (start) => `${start.trim()}\n  `).replace(/>$/, ",\n>")}`;
  const tail = returns ? `: ${oneLine(returns.getText())}` : "";
  const short = `${head}(${texts.join(", ")})${tail}`;
  const long = `${head}(\n${texts.map((text) => `  ${text},`).join("\n")}\n)${tail}`;
  return { signature: short.length <= LINE_WIDTH || texts.length === 0 ? short : long, parameters, comment };
}

/**
 * A parameter that is taken apart has no name of its own: it gets the one of its `@param name.field`, or that of its type
 * (`retryPolicy` for RetryPolicy), or `options`.
 */
function parameterOf(node: ParameterDeclaration, { params }: Comment): Parameter {
  const isTakenApart = Node.isObjectBindingPattern(node.getNameNode());
  const fields = isTakenApart ? node.getNameNode().getDescendants().filter(Node.isBindingElement) : [];
  const ofField = params.find(({ name }) => fields.some((field) => name.endsWith(`.${field.getName()}`)));
  const optional = node.isOptional();
  const type = oneLine(node.getTypeNode()?.getText() ?? "unknown");
  const ofType = type.match(/^[A-Z]\w*/)?.[0].replace(/^./, (first) => first.toLowerCase());
  const name = isTakenApart ? (ofField?.name.split(".")[0] ?? ofType ?? "options") : node.getName();
  return { name, type, optional, text: params.find((param) => param.name === name)?.text ?? "" };
}

const typeParameters = (node: { getTypeParameters?(): Node[] }) => {
  const texts = node.getTypeParameters?.().map((parameter) => oneLine(parameter.getText())) ?? [];
  return texts.length > 0 ? `<${texts.join(", ")}>` : "";
};

/** On one line, as it would be written there; `?: T | undefined` says the same twice. */
const oneLine = (text: string) =>
  text
    .replace(/\s*\n\s*/g, " ")
    .replace(/;? \}/g, " }")
    .replace(/(\?: [^;{}()]+?) \| undefined(?=[;,) ]|$)/g, "$1")
    .replace(/^\| /, "");

const noComment = (): Comment => ({ text: "", params: [], returns: "", throws: [] });

function commentOf(node: Node & Partial<JSDocableNode>): Comment {
  const [doc] = node.getJsDocs?.().slice(-1) ?? [];
  return doc ? readComment(doc) : noComment();
}

function readComment(doc: JSDoc): Comment {
  const comment = { ...noComment(), text: (doc.getCommentText() ?? "").trim() };
  for (const tag of doc.getTags()) {
    // Read from the source: the compiler takes `@param options.key` apart.
    const [, kind = "", rest = ""] = tag.getText().match(/^@(\w+)\s*([\s\S]*)$/) ?? [];
    const text = rest.replace(/\s*\n\s*\*\s*/g, " ").trim();
    if (kind === "param") {
      const [, name = "", what = ""] = text.match(/^([\w.]+)\s*([\s\S]*)$/) ?? [];
      comment.params.push({ name, text: what });
    } else if (kind === "returns") comment.returns = text;
    else if (kind === "throws") comment.throws.push(text);
  }
  return comment;
}

/** What a reader would miss: names, members and parameters of a declaration that no comment says anything about. */
export function undocumented({ name, comment, callable, members }: Declaration): string[] {
  const says = ({ text, returns }: Comment) => text !== "" || returns !== "";
  const missingParameters = (owner: string, { parameters, comment }: Callable) =>
    parameters
      .filter((it) => !it.text && !comment.params.some((param) => param.name.startsWith(`${it.name}.`)))
      .map((it) => `the parameter ${it.name} of ${owner}`);
  return [
    ...(says(comment) ? [] : [name]),
    ...(callable ? missingParameters(name, callable) : []),
    ...members.filter((member) => !says(member.comment)).map((member) => `${name}.${member.name}`),
  ];
}
