/** A step of a tutorial in Markdown: a file to write (or append to), or a command and what it prints. */
export type TutorialStep =
  | { readonly kind: 'file'; readonly name: string; readonly append: boolean; readonly text: string }
  | { readonly kind: 'command'; readonly command: string; readonly output: readonly string[] };

/**
 * The steps of a Markdown text, in order: fenced blocks with `file=NAME` (and `append`), and blocks of `console`, in
 * which `$ ` begins a command, `> ` goes on with it, and the lines after it are its output.
 */
export function readTutorial(markdown: string): TutorialStep[] {
  const steps: TutorialStep[] = [];
  for (const [, info = '', body = ''] of markdown.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)) {
    const file = /\bfile=(\S+)/.exec(info);
    if (file !== null) {
      steps.push({ kind: 'file', name: file[1] as string, append: /\bappend\b/.test(info), text: body });
    } else if (info.trim() === 'console') {
      steps.push(...readCommands(body));
    }
  }
  return steps;
}

function readCommands(body: string): TutorialStep[] {
  const steps: { kind: 'command'; command: string; output: string[] }[] = [];
  for (const line of body.trimEnd().split('\n')) {
    const last = steps.at(-1);
    if (line.startsWith('$ ')) steps.push({ kind: 'command', command: line.slice(2), output: [] });
    else if (line.startsWith('> ') && last?.output.length === 0) last.command += `\n${line.slice(2)}`;
    else last?.output.push(line);
  }
  return steps;
}

/** Whether a printed line is the one that the tutorial shows, in which `…` stands for any text. */
export function matchesLine(shown: string, printed: string): boolean {
  const parts = shown.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(printed);
}
