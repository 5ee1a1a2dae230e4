import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package managers that a project can be made for. */
export const packageManagers = ["npm", "pnpm", "yarn", "bun"] as const;
export type PackageManager = (typeof packageManagers)[number];

/** Packages and their versions or places. */
export type Dependencies = Record<string, string>;

/** One agent pattern. */
export interface Pattern {
  /** The name of its file in `src/`, such as `router`. */
  name: string;
  /** What it shows, as a part of a sentence. */
  summary: string;
  /** Patterns whose services it calls. */
  buildsOn: string[];
  /** Its example requests, by file name. */
  requests: ExampleRequest[];
  /** What the mock model plays for it. */
  mockModel: {
    /** The name under which its file in `mock-model/` exports the agents. */
    agents: string;
    /** Answers of theirs that were written by hand. */
    script: object[];
  };
}

/** An example request, as its file in `requests/` says, and whether README.md and `npm start` show it. */
export interface ExampleRequest {
  name: string;
  call: string;
  body: unknown;
  shown: boolean;
}

/** One implementation: an SDK. */
export interface Sdk {
  /** The name of its folder in `packages/`, such as `openai-agents`. */
  name: string;
  title: string;
  description: string;
  /** What its package.json asks for, in exact versions. Own libraries have the version that they are packed in. */
  dependencies: Dependencies;
  /** Versions of packages below those. */
  overrides: Dependencies;
  /** The services that each pattern's file exports, in the order in which they are served. */
  services: { pattern: string; name: string }[];
  /** What the conformance suite wants to know. */
  manifest: Record<string, unknown>;
}

/** A file of the templates. */
export interface TemplateFile {
  /** Other files of the templates that it imports. */
  files: string[];
  /** The packages that it imports. */
  packages: string[];
}

/** A library that is not in a registry yet, and so is a part of each project. */
export interface Library {
  /** The name of its tarball in `templates/vendor`. */
  tarball: string;
  /** The other libraries that it needs. */
  libraries: string[];
}

/** What `export/templates.ts` has found out about this repository when it made the templates. */
export interface Templates {
  /** A hash of all that they were made from. */
  madeFrom: string;
  version: string;
  patterns: Pattern[];
  sdks: Sdk[];
  /** By path in `templates/`, such as `vercel-ai/src/router.ts` or `shared/serve.ts`. */
  files: Record<string, TemplateFile>;
  libraries: Record<string, Library>;
  /** The peers of packages, by package. */
  peers: Record<string, string[]>;
  /** What every project needs to be developed. */
  devDependencies: Dependencies;
  /** The peers of those, which yarn does not install by itself. */
  devPeers: Dependencies;
}

/** Where the templates are: beside `src/` in the repository, beside `dist/` in the package. */
export const templatesFolder = join(dirname(fileURLToPath(import.meta.url)), "../templates");

/** Reads what there is to choose from. */
export const readTemplates = (): Templates =>
  JSON.parse(readFileSync(join(templatesFolder, "templates.json"), "utf8")) as Templates;
