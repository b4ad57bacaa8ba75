# SPDX-License-Identifier: MIT
"""What ClusterShell makes of patterns: for every line of standard input "-" for a refusal, or the number of items it folds the hosts to, a tab, and
the hosts, sorted, with commas. Ends with 77 where ClusterShell is not installed."""
import sys

try:
    from ClusterShell.NodeSet import NodeSet, NodeSetException, set_std_group_resolver
    from ClusterShell.NodeUtils import GroupResolver
except ImportError:
    sys.exit(77)


def items(folded):
    """How many comma-separated items there are outside brackets."""
    depth = count = 0
    for c in folded:
        depth += {"[": 1, "]": -1}.get(c, 0)
        count += c == "," and depth == 0
    return count + 1 if folded else 0


set_std_group_resolver(GroupResolver())
for line in sys.stdin:
    try:
        nodes = NodeSet(line.rstrip("\n"))
        print(items(str(nodes)), ",".join(sorted(nodes)), sep="\t")
    except (NodeSetException, ValueError, RuntimeError):
        print("-")
