// What `npm create durable-agent` does, from this repository: `npm run create -- ../my-agent --sdk vercel-ai`.
import { makeAssets } from "../build/assets.ts";
import { main } from "../src/cli.ts";

await makeAssets();
// npm runs scripts in the package's folder, and paths are meant from where the command is typed.
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
process.exitCode = await main(process.argv.slice(2));
