// Prints the graphs of this implementation as Markdown with Mermaid, as they stand in its README: `node graphs.ts`.

import { sessionGraph } from "./src/claim-session.ts";
import { managerAgent } from "./src/multi-agent.ts";
import { researchGraph } from "./src/orchestrator-worker.ts";
import { claimGraph } from "./src/parallel-claim-analysis.ts";
import { supportGraph } from "./src/router.ts";
import { teamGraph } from "./src/specialist-team.ts";

const agent = managerAgent({ check_eligibility: async () => "", check_fraud: async () => "" });

/** The compiled graphs, by the pattern's file. */
const graphs = {
  "orchestrator-worker.ts": researchGraph,
  "parallel-claim-analysis.ts": claimGraph,
  "router.ts": supportGraph,
  "multi-agent.ts": agent.graph,
  "claim-session.ts": sessionGraph,
  "specialist-team.ts": teamGraph,
};

/** @returns a heading and a Mermaid diagram for each pattern */
export async function drawGraphs(): Promise<string> {
  const drawn = Object.entries(graphs).map(async ([file, graph]) => {
    const mermaid = (await graph.getGraphAsync()).drawMermaid({ withStyles: false });
    return `[${file}](src/${file})\n\n\`\`\`mermaid\n${mermaid.trim()}\n\`\`\``;
  });
  return (await Promise.all(drawn)).join("\n\n");
}

if (process.argv[1] === import.meta.filename) console.log(await drawGraphs());
