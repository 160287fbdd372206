"""Floor 0: published formulas as pure functions, arrays in and arrays out. They know no tickets."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from servicematters.kernels import binomial as binomial
    from servicematters.kernels import importance as importance
    from servicematters.kernels import multinomial as multinomial
    from servicematters.kernels import multiplicity as multiplicity
    from servicematters.kernels import net_score as net_score
    from servicematters.kernels import sample_size as sample_size
    from servicematters.kernels import sequential as sequential
    from servicematters.kernels import shrinkage as shrinkage
else:
    from servicematters._doors import doors

    __getattr__, __dir__, __all__ = doors(
        __name__,
        {},
        ("binomial", "importance", "multinomial", "multiplicity", "net_score", "sample_size", "sequential", "shrinkage"),
    )
