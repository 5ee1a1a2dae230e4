import { rmSync } from "node:fs";
import { join } from "node:path";
import { readPackage, repositoryRoot } from "@durable-agents/testkit";
import { Application, type TypeDocOptions } from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";
import { docsRoot } from "./repository.ts";

const out = join(docsRoot, "reference/api");

/**
 * Makes the pages of what the libraries export, `docs/reference/api/*.md`, from their TSDoc. They are part of the site only: on
 * a forge, a library's README and its source say the same.
 *
 * @throws Error if an export has no TSDoc, or a link in one leads nowhere; what is wrong has been printed
 */
export async function makeLibraryReference(): Promise<void> {
  const options: TypeDocOptions & Partial<PluginOptions> = {
    plugin: ["typedoc-plugin-markdown"],
    entryPoints: [join(repositoryRoot, "libs/*/src/index.ts")],
    tsconfig: join(docsRoot, "tsconfig.libs.json"),
    // The repository's own compiler checks them.
    skipErrorChecking: true,
    excludePrivate: true,
    excludeExternals: true,
    disableSources: true,
    out,
    readme: "none",
    router: "module",
    excludeScopesInPaths: true,
    hidePageHeader: true,
    hideBreadcrumbs: true,
    parametersFormat: "table",
    interfacePropertiesFormat: "table",
    classPropertiesFormat: "table",
    typeDeclarationFormat: "table",
    validation: { notDocumented: true, invalidLink: true, notExported: false },
    logLevel: "Warn",
  };
  const application = await Application.bootstrapWithPlugins(options);
  const project = await application.convert();
  if (!project) throw new Error("TypeDoc can't read the libraries");
  for (const module of project.children ?? []) {
    const folder = module.name.split("/")[0] as string;
    module.name = String(readPackage(join(repositoryRoot, "libs", folder)).name);
  }
  application.validate(project);
  if (application.logger.hasWarnings()) throw new Error("The TSDoc of the libraries is not as it should be; see above");
  await application.generateOutputs(project);
  // A list of the modules, which the sidebar has.
  rmSync(join(out, "README.md"));
}
