/**
 * What a message says, as JSON text: the type, the time that it came up (ISO 8601), and the data (Standard Webhooks, "Payload
 * structure"). The same arguments give the same bytes. `data` is JSON text.
 */
export function messageBody(type: string, at: string, data: string): string {
  return `{"type":${JSON.stringify(type)},"timestamp":${JSON.stringify(at)},"data":${data}}`;
}
