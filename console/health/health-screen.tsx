/** x. */
export function HealthScreen(_props: {
  readonly view?: string;
  readonly id?: string | null;
  readonly alertId?: string;
}) {
  return null;
}
