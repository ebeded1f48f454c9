"""What can be wrong with a cluster. No message holds a password, a question or a post."""

from corpus.errors import CorpusUnreachable


class ClusterError(CorpusUnreachable):
    """The base of all errors of a cluster: it refuses, or has another state than is needed."""


class ClusterGone(ClusterError):
    """No node answers as it should; later one may."""


class ClusterConflict(ClusterError):
    """Another process has written what was to be written."""


class NotInCluster(ClusterError):
    """An index or a document that the cluster does not have."""
