/** What to print when the start fails: a line with the remedy for what a machine may lack, a stack trace for a bug of ours. */
export function plainMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? error.code : undefined;
  if (code === "ENOSPC" || /ENOSPC|No space left on device/.test(error.message))
    return "the disk is full: free about 1 GB, then npm start again";
  if ((code === "EACCES" || code === "EPERM") && "path" in error)
    return `no permission on ${String(error.path)}: give it to the user that runs this, or clone to another folder`;
  if (code === "ENOENT" && "syscall" in error && String(error.syscall).startsWith("spawn"))
    return `there is no program ${"path" in error ? String(error.path) : ""} here: install it, then npm start again`;
  // Errors that we throw say what to do; those of the language are bugs.
  return error.constructor === Error ? error.message : (error.stack ?? error.message);
}
