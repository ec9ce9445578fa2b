/** x. */
export function WebhooksScreen(_props: {
  readonly view?: string;
  readonly id?: string | null;
  readonly alertId?: string;
}) {
  return null;
}
