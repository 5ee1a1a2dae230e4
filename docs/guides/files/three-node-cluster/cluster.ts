import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { cleanEnvironment, ManagedProcess, onInterrupt } from "@durable-agents/crash-harness";
import getPort from "get-port";

// Three nodes of one cluster on one machine. On three machines, each has its own environment and the usual ports.

/** How long a node that has ended stays away: long enough to see that nobody needs it. */
const SECONDS_AWAY = 30;

const data = join(import.meta.dirname, "../../../../.restate/cluster");
const config = join(import.meta.dirname, "restate.toml");
const ports = { ingress: Number(process.env.INGRESS_PORT || 8080), admin: Number(process.env.ADMIN_PORT || 9070) };

// #region node
/** What differs from node to node. */
const environmentOf = (node: Node, all: Node[]) => ({
  RESTATE_CONFIG: config,
  RESTATE_NODE_NAME: node.name,
  // Where the other nodes find it.
  RESTATE_BIND_ADDRESS: `127.0.0.1:${node.port}`,
  RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node.port}`,
  RESTATE_METADATA_CLIENT__ADDRESSES: JSON.stringify(all.map(({ port }) => `http://127.0.0.1:${port}`)),
  // Where requests go, and where the admin API and the UI are.
  RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${node.ingressPort}`,
  RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${node.adminPort}`,
  // A disk of its own.
  RESTATE_BASE_DIR: join(data, node.name),
  // One of them makes the cluster; the others join it.
  RESTATE_AUTO_PROVISION: String(node === all[0]),
});
// #endregion node

interface Node {
  name: string;
  port: number;
  ingressPort: number;
  adminPort: number;
}

function restateServer(): string {
  const require = createRequire(createRequire(import.meta.url).resolve("@restatedev/restate-server/package.json"));
  return require.resolve(`@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`);
}

function start(node: Node, all: Node[]): ManagedProcess {
  return new ManagedProcess({
    name: node.name,
    command: restateServer(),
    args: ["--no-logo"],
    env: cleanEnvironment(import.meta.dirname, {
      ...environmentOf(node, all),
      RESTATE_DISABLE_TELEMETRY: "true",
      RESTATE_LOG_FILTER: "warn",
    }),
  });
}

/** Whether a node takes requests, and knows who leads each partition. */
async function isReady({ ingressPort, adminPort }: Node): Promise<boolean> {
  const answers = await Promise.all([
    fetch(`http://127.0.0.1:${ingressPort}/restate/health`).catch(() => undefined),
    fetch(`http://127.0.0.1:${adminPort}/query`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ query: "SELECT count(*) FROM sys_invocation" }),
    }).catch(() => undefined),
  ]);
  return answers.every((answer) => answer?.ok);
}

/** Tells other terminals where the nodes are: `source .restate/cluster/nodes`. */
function writeAddresses(nodes: Node[], processes: Map<string, ManagedProcess>): void {
  const lines = nodes.flatMap(({ name, port, ingressPort, adminPort }) => {
    const prefix = name.toUpperCase().replace("-", "_");
    return [
      `export ${prefix}_INGRESS=http://127.0.0.1:${ingressPort}`,
      `export ${prefix}_ADMIN=http://127.0.0.1:${adminPort}`,
      `export ${prefix}_ADDRESS=http://127.0.0.1:${port}`,
      `export ${prefix}_PID=${processes.get(name)?.pid}`,
    ];
  });
  writeFileSync(join(data, "nodes"), `${lines.join("\n")}\n`);
}

async function main(): Promise<void> {
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  const nodes: Node[] = [];
  for (const index of [0, 1, 2]) {
    nodes.push({
      name: `node-${index + 1}`,
      port: await getPort(),
      ingressPort: index === 0 ? ports.ingress : await getPort(),
      adminPort: index === 0 ? ports.admin : await getPort(),
    });
  }
  const processes = new Map(nodes.map((node) => [node.name, start(node, nodes)]));
  onInterrupt(async () => {
    await Promise.all([...processes.values()].map((process) => process.kill()));
  });
  for (const node of nodes) await processes.get(node.name)?.ready(() => isReady(node), 60_000);
  writeAddresses(nodes, processes);
  for (const node of nodes) {
    const pid = processes.get(node.name)?.pid;
    console.log(
      `${node.name}  http://localhost:${node.ingressPort}  http://localhost:${node.adminPort}  process ${pid}`,
    );
  }
  console.log(`3 nodes are up. Their addresses are in ${relative(process.cwd(), join(data, "nodes"))}.`);

  for (const node of nodes) void keepRunning(node, nodes, processes);
}

async function keepRunning(node: Node, nodes: Node[], processes: Map<string, ManagedProcess>): Promise<void> {
  while (true) {
    const status = await processes.get(node.name)?.exited;
    console.log(`${node.name} has ended (${status?.signal ?? status?.code}); it is away for ${SECONDS_AWAY} s.`);
    await new Promise((resolve) => setTimeout(resolve, SECONDS_AWAY * 1_000));
    const again = start(node, nodes);
    processes.set(node.name, again);
    await again.ready(() => isReady(node), 60_000);
    writeAddresses(nodes, processes);
    console.log(`${node.name} is back.`);
  }
}

await main();
