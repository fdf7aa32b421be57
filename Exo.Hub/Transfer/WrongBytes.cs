namespace Exo.Hub.Transfer;

/// <summary>What is said of a file whose hash is wrong. What helps depends on who gave the bytes: a hub, or another machine's store.</summary>
internal static class WrongBytes
{
    /// <summary>The sources of the request that gave these records.</summary>
    public static IReadOnlyList<IRangeSource> Givers(TransferRequest request, IReadOnlyList<LandedRange> records) =>
        [.. request.Sources.Where(source => records.Any(record => record.Source == source.Name))];

    /// <summary>Who gave the bytes, in words.</summary>
    public static string Name(IReadOnlyList<IRangeSource> givers) => AreMirrors(givers) ? Names(givers.Select(giver => giver.Name)) : "the server";

    /// <summary>What to do: a sentence.</summary>
    public static string Remedy(TransferRequest request, IReadOnlyList<IRangeSource> givers) => AreMirrors(givers)
        ? MirrorRemedy(request, givers.Select(giver => giver.Name))
        : "Check HF_ENDPOINT and the proxy, or report it to the hub.";

    /// <summary>What to do where mirrors gave them: a sentence.</summary>
    public static string MirrorRemedy(TransferRequest request, IEnumerable<string> mirrors) =>
        $"Run 'exo verify {request.Model ?? "MODEL"}' on {Names(mirrors)}, which says whether its copy is spoiled and how to mend it, then pull again.";

    private static string Names(IEnumerable<string> names) => string.Join(" and ", names.Distinct(StringComparer.Ordinal));

    private static bool AreMirrors(IReadOnlyList<IRangeSource> givers) => givers.Count > 0 && givers.All(giver => giver.IsMirror);
}
