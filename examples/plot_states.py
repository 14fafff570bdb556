"""Draw the states of a well against their reference, and one panel on axes of your own."""

from pathlib import Path

from matplotlib.figure import Figure

import sciml
from sciml.plot import comparison, levels


def main(folder: Path = Path()) -> list[float]:
    solution = sciml.solve(sciml.load_problem("harmonic", states=4))
    comparison(solution).savefig(folder / "comparison.png")

    figure = Figure(figsize=(5, 5), layout="constrained")
    energies = list(solution.scalars.values())
    arrays = solution.samples
    waves = [arrays[f"psi{n}"] for n in range(4)]
    levels(arrays["x"], arrays["potential"], energies, waves, ax=figure.add_subplot())
    figure.savefig(folder / "levels.png")
    return energies


if __name__ == "__main__":
    main()
