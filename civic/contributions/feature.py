"""Door plate of the trunk."""

from civic.contributions import address, policy
from civic.core.feature import Feature

feature = Feature(
    name="contributions",
    rules=policy.RULES,
    globals={
        "url_of": address.url_of,
        "sign_of": address.sign_of,
        "kind_of": address.kind_of,
        "verb_words": address.verb_words,
    },
)
