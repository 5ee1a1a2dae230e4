/** A variable of the environment that a command or an implementation reads. */
export interface EnvironmentVariable {
  name: string;
  readBy: string;
  /** What holds when it is not there. */
  unlessSet: string;
  what: string;
}

const dev = "`npm run dev`";
const implementations = "implementations";
const controls = "controls";

/** All of them. A test looks for those that the code reads and that are missing here. */
export const environmentVariables: EnvironmentVariable[] = [
  {
    name: "OPENAI_API_KEY",
    readBy: `${dev}, ${implementations}`,
    unlessSet: `${dev} brings the mock model`,
    what: "the key to the model's server; see [Use a real or a local model](../guides/real-or-local-model.md)",
  },
  {
    name: "OPENAI_BASE_URL",
    readBy: `${dev}, ${implementations}`,
    unlessSet: "`https://api.openai.com/v1`",
    what: "any server that speaks OpenAI's API",
  },
  { name: "OPENAI_MODEL", readBy: implementations, unlessSet: "`gpt-4.1-mini`", what: "the model of workers" },
  {
    name: "OPENAI_PLANNER_MODEL",
    readBy: implementations,
    unlessSet: "`OPENAI_MODEL`, or else `gpt-4.1`",
    what: "the model of planners, and of whoever puts results together",
  },
  { name: "PORT", readBy: `${implementations}, ${controls}`, unlessSet: "9080", what: "where the services listen" },
  {
    name: "MAX_RESEARCH_TASKS",
    readBy: implementations,
    unlessSet: "4",
    what: "how many questions a research plan may have; measurements of wide fan-outs raise it",
  },
  { name: "INGRESS_PORT", readBy: dev, unlessSet: "8080", what: "the same as `--ingress-port`, which wins" },
  { name: "ADMIN_PORT", readBy: dev, unlessSet: "9070", what: "the same as `--admin-port`, which wins" },
  { name: "SERVICE_PORT", readBy: dev, unlessSet: "9080", what: "the same as `--service-port`, which wins" },
  { name: "MODEL_PORT", readBy: dev, unlessSet: "4010", what: "the same as `--model-port`, which wins" },
  {
    name: "CHROME_PATH",
    readBy: "tests, `npm run docs:screenshots`",
    unlessSet: "the first of `chromium`, `chromium-browser` and `google-chrome` on the PATH",
    what: "the browser's program; without one, tests in a browser are skipped",
  },
  {
    name: "REPOSITORY_URL",
    readBy: "`npm run docs`",
    unlessSet: "links to files of the repository are shown as paths",
    what: "where the repository can be read, for the links of the site",
  },
  { name: "DOCS_BASE", readBy: "`npm run docs`", unlessSet: "`/`", what: "the path under which the site is served" },
  {
    name: "DOCS_SDK",
    readBy: "`npm run docs:test`",
    unlessSet: "`vercel-ai`",
    what: "the implementation with which the commands of the pages are run",
  },
  {
    name: "SERVICES_URL",
    readBy: controls,
    unlessSet: "`http://127.0.0.1:$PORT`",
    what: "where a control finds the services that it calls; the comparison sets it",
  },
  {
    name: "DATABASE_URL",
    readBy: `${controls} with a store`,
    unlessSet: "LangGraph keeps threads in memory, DBOS does not start",
    what: "a PostgreSQL database; the comparison brings one",
  },
  {
    name: "DURABILITY",
    readBy: "the `langgraph` control",
    unlessSet: "LangGraph's own choice",
    what: "LangGraph's durability mode, `sync` or `async`; the comparison sets it",
  },
];
