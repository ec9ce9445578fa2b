/**
 * Control characters, which terminals obey and XML does not allow, halves of surrogate pairs, and characters that turn the
 * direction of what follows them, so that one text can be made to look like another.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\ufffe\uffff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The text as it can be shown: each character that is more, or less, than a sign becomes U+FFFD; tabs and line ends stay. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => (char === '\t' || char === '\n' ? char : '\ufffd'));
}

/** The same in one line: tabs and line ends become U+FFFD, too. */
export function printableLine(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd');
}
