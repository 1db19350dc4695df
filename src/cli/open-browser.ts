/** Opens an address in the browser of whoever sits at this machine. */
import { spawn } from "node:child_process";

const COMMANDS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = { darwin: ["open"], win32: ["cmd", "/c", "start", ""] };

/** Tries; where there is no browser to be opened, nothing happens. */
export function openBrowser(address: string): void {
  const [command = "", ...given] = COMMANDS[process.platform] ?? ["xdg-open"];
  const child = spawn(command, [...given, address], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
