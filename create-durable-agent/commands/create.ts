// What `npm create durable-agent` does, from this repository: `npm run create -- ../my-agent --sdk vercel-ai --pattern router`.
import { makeTemplates } from "../export/templates.ts";
import { main } from "../src/cli.ts";

await makeTemplates();
// npm runs scripts in the package's folder, and paths are meant from where somebody is.
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
process.exitCode = await main(process.argv.slice(2));
