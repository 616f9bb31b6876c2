// Columns of the page's table whose cells have another name in a file.
const FILE_COLUMN: Partial<Record<string, string>> = { project: 'scope.project', package: 'scope.package' };

/** The columns on screen, by the names that files know; what is in every file anyway has none. */
export function screenColumns(ids: readonly string[]): string[] {
  return ids.map((id) => FILE_COLUMN[id] ?? id);
}
