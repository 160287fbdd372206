"""Floor 0: published formulas as pure functions, arrays in and arrays out. They know no tickets."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from servicematters.kernels import binomial as binomial
    from servicematters.kernels import multinomial as multinomial
    from servicematters.kernels import net_score as net_score
else:
    from servicematters._doors import doors

    __getattr__, __dir__, __all__ = doors(__name__, {}, ("binomial", "multinomial", "net_score"))
