import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "rolldown";
import type { Results } from "../results.ts";

/** Nothing may be fetched: what the page shows is in the file. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The results page as one file that needs nothing else, also without a network. */
export async function singleFile(results: Results): Promise<string> {
  const folder = join(import.meta.dirname, "browser");
  const {
    output: [{ code }],
  } = await build({ input: join(folder, "main.ts"), platform: "browser", write: false, output: { minify: true } });
  const style = readFileSync(join(folder, "style.css"), "utf8");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Results · Durable Agents, Side by Side</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<noscript>This page is drawn by a program, which your browser does not run.</noscript>
<script type="application/json" id="samples">${JSON.stringify(results).replaceAll("<", "\\u003c")}</script>
<script type="module">${code.replaceAll("</script", "<\\/script")}</script>
</body>
</html>
`;
}
