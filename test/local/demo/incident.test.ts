import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../local/conditions.ts";
import { planIncident } from "../../../local/demo/incident.ts";
import { keyText, tenantName } from "../../../local/demo/orders.ts";

const keys = Array.from({ length: 5000 }, (_, index) => ({
  tenant: tenantName(1 + (index % 62)),
  order: String(index),
}));

describe("the demo's incident", () => {
  it("damages 137, deletes 12 and creates 9 orders, each another one, in some tenants", () => {
    const incident = planIncident(seededRandom(1), keys);
    const all = [...incident.updated, ...incident.deleted, ...incident.created];

    expect([incident.updated.length, incident.deleted.length, incident.created.length]).toEqual([137, 12, 9]);
    expect(new Set(all.map(keyText)).size).toBe(158);
    expect(incident.tenants.length).toBeLessThan(62);
    expect(all.every(({ tenant }) => incident.tenants.includes(tenant))).toBe(true);
  });

  it("lets 40 of the damaged orders be written well afterwards, some in the damaged attribute", () => {
    const { updated, touchedElsewhere, touchedSame } = planIncident(seededRandom(1), keys);
    const touched = [...touchedElsewhere, ...touchedSame].map(keyText);

    expect(new Set(touched).size).toBe(40);
    expect(touchedSame.length).toBeGreaterThan(0);
    expect(touched.every((one) => updated.map(keyText).includes(one))).toBe(true);
  });

  it("is the same for the same seed and another one for another", () => {
    const of = (seed: number) => planIncident(seededRandom(seed), keys);

    expect(of(3)).toEqual(of(3));
    expect(of(3)).not.toEqual(of(4));
  });
});
