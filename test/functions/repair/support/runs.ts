/** How many random cases each main property is tried with; a longer search is a matter of the environment. */
export const CASES = Number(process.env.PROPERTY_CASES ?? 10_000);
