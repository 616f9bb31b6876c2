/** Whether the system refused with this code, such as `ENOENT`. */
export function isErrno(error: unknown, code: string): boolean {
  // Not `instanceof Error`: in a test runner or a vm, the system's errors are of another realm.
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
