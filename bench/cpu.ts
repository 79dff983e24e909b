/** Seconds of processor time that this process has used, all its threads together: other than wall time it tells the same on a busy machine. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
