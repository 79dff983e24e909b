/** The same incident, asked for in every way that there is. */
import { ORDERS_TABLE } from "../../local/demo/orders.ts";
import { type CostedIncident, partitionKey } from "./incident.ts";

const BUG_WHEN = "$type(after.total) = 'string'";

export interface Way {
  readonly name: string;
  /** One request, or a recovery that comes first and is not counted. */
  readonly first?: (incident: CostedIncident) => object;
  readonly request: (incident: CostedIncident) => object;
  /** Takes back what `first` repaired: the table is damaged again afterwards, as it should be. */
  readonly isUndo?: boolean;
}

const asked = ({ world }: CostedIncident) => ({
  table: ORDERS_TABLE,
  badSince: world.badSince,
  incidentEnd: world.incidentEnd,
  damagedWhen: BUG_WHEN,
  // The freeze costs the same whatever the evidence: it is left out.
  readOnly: "none",
});

export const WAYS: readonly Way[] = [
  {
    name: "restore, keys from a list",
    request: (incident) => ({ ...asked(incident), evidence: "restore", keysFrom: { s3: { key: incident.keyList } } }),
  },
  {
    name: "restore, keys of one partition",
    request: (incident) => ({
      ...asked(incident),
      evidence: "restore",
      keysFrom: { partition: { key: partitionKey(incident) } },
    }),
  },
  {
    name: "restore, both tables compared",
    request: (incident) => ({ ...asked(incident), evidence: "restore", keysFrom: { compare: {} } }),
  },
  {
    name: "backup, keys from a list",
    request: (incident) => ({
      ...asked(incident),
      evidence: { backup: incident.backupArn },
      // Else whoever approves must accept that good writes since the backup may go.
      attributes: { only: ["total", "currency"] },
      keysFrom: { s3: { key: incident.keyList } },
    }),
  },
  { name: "export", request: (incident) => ({ ...asked(incident), evidence: "export" }) },
  {
    name: "export of one partition",
    request: (incident) => ({
      ...asked(incident),
      evidence: "export",
      keysFrom: { partition: { key: partitionKey(incident) } },
    }),
  },
  {
    name: "evidence of an earlier recovery (its export)",
    first: (incident) => ({ ...asked(incident), evidence: "export", mode: "plan" }),
    request: () => ({
      table: ORDERS_TABLE,
      evidence: { from: "first" },
      damagedWhen: BUG_WHEN,
      readOnly: "none",
    }),
  },
  {
    name: "a stored plan",
    first: (incident) => ({ ...asked(incident), evidence: "export", mode: "plan" }),
    request: () => ({ plan: "first", readOnly: "none" }),
  },
  {
    name: "journal (undo)",
    first: (incident) => ({ ...asked(incident), evidence: "export" }),
    request: () => ({ undo: "first", readOnly: "none" }),
    isUndo: true,
  },
];
