import { spawn } from "node:child_process";
import type { Choices } from "./choices.ts";

/**
 * Installs what a project needs. The project stays when that fails: it is complete, and installing can be tried again.
 *
 * @returns the exit code: 0, or 1 after it has said what failed
 */
export async function install({ directory, packageManager }: Choices): Promise<number> {
  console.log(`\n${packageManager} install …`);
  const code = await new Promise<number | string>((resolve) => {
    const child = spawn(packageManager, ["install"], {
      cwd: directory,
      stdio: ["ignore", "inherit", "inherit"],
      shell: process.platform === "win32",
    });
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (exitCode, signal) => resolve(exitCode ?? signal ?? 1));
  });
  if (code === 0) return 0;
  console.error(`error: ${packageManager} install failed (${code}). The project is there; try it again in its folder.`);
  return 1;
}
