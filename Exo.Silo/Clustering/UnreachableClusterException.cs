namespace Exo.Silo.Clustering;

/// <summary>Redis or the other silos don't answer. The message says which, and what to look at.</summary>
internal sealed class UnreachableClusterException(string message, Exception? inner = null) : Exception(message, inner);
