"""A density of a table with categories and skewed numbers: score rows, find odd ones, draw new ones."""

import numpy as np
import pandas as pd

from sciml.flows import FlowDensity


def parcels(n: int, seed: int) -> pd.DataFrame:
    """Weights by the way a parcel goes, and costs that rise with the root of the weight."""
    rng = np.random.default_rng(seed)
    way = rng.choice(["land", "air"], n, p=[0.7, 0.3])
    weight = np.exp(np.where(way == "air", -1.0, 0.5) + 0.6 * rng.standard_normal(n))  # kg
    cost = 4 + 2 * np.sqrt(weight) + np.where(way == "air", 3.0, 0.0) + 0.3 * rng.standard_normal(n)
    return pd.DataFrame({"way": way, "weight": weight, "cost": cost})


def main() -> tuple[float, float, pd.DataFrame]:
    rows, fresh = parcels(300, seed=0), parcels(5000, seed=1)
    density = FlowDensity(columns={"weight": "positive"}, base="student-t", random_state=0).fit(rows)
    score = float(density.score_samples(fresh).mean())
    print(f"kept by validation: {density.winner_}; mean log density of fresh rows {score:.3f} nat")

    dear = pd.DataFrame({"way": ["land"], "weight": [1.0], "cost": [9.0]})
    percentile = float(density.percentiles(dear)[0])
    print(f"a parcel at the wrong price: {percentile:.1f} % of the rows are less likely")

    drawn = density.sample(5000, random_state=1)
    print(drawn.groupby("way").mean().round(2))
    return score, percentile, drawn


if __name__ == "__main__":
    main()
