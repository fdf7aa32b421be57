using Exo.Api;
using Exo.Client.Terminal;

namespace Exo.Client.Pulls;

/// <summary>A plan in words.</summary>
internal static class PullPlanText
{
    /// <summary>Every file, then the summary, then what stays where it is.</summary>
    public static void WriteWhole(PullPlan plan, TextWriter writer)
    {
        writer.WriteLine($"{plan.Model} at commit {plan.Commit}");
        var width = plan.Files.Select(file => TextWidth.Of(file.Path)).DefaultIfEmpty().Max();
        foreach (var file in plan.Files)
            writer.WriteLine(Printable.Line($"  {file.Path}{new string(' ', width - TextWidth.Of(file.Path))}  {Quantity.Bytes(file.ByteCount),9}{Here(file)}"));
        writer.WriteLine(Summary(plan));
        if (Renaming(plan) is { } renaming) writer.WriteLine(renaming);
        if (plan.MissingDiskByteCount > 0)
            writer.WriteLine($"The disk is too full: {Quantity.Bytes(plan.MissingDiskByteCount)} more must be free, the room that stays free (EXO_DISK_MARGIN) included. Make room (exo rm MODEL), or set HF_HUB_CACHE to another disk.");
        foreach (var reason in plan.LeftOut.GroupBy(file => file.Reason))
            writer.WriteLine(Printable.Line($"left out ({reason.Key}): {string.Join(", ", reason.Select(file => file.Path))}"));
        writer.WriteLine($"to {plan.Destination}");
    }

    /// <summary>One line: what there is to fetch.</summary>
    public static string Summary(PullPlan plan)
    {
        var files = plan.Files.Count == 1 ? "1 file" : $"{plan.Files.Count} files";
        var missing = plan.ByteCount - plan.PresentByteCount;
        if (missing == 0) return $"{plan.Model}: {files}, {Quantity.Bytes(plan.ByteCount)}, all here";
        var whole = missing == plan.ByteCount ? "" : $" of {Quantity.Bytes(plan.ByteCount)}";
        return $"{plan.Model}: {files}, {Quantity.Bytes(missing)}{whole} to fetch, {Quantity.Bytes(plan.FreeDiskByteCount)} free on the disk";
    }

    /// <summary>That the hub knows the model by another name today; null where it doesn't.</summary>
    public static string? Renaming(PullPlan plan) =>
        plan.RenamedTo is { } name ? $"{plan.Model} was renamed to {name} on the hub; here it keeps the name that was asked for." : null;

    private static string Here(PlannedFile file) => file.PresentByteCount switch
    {
        0 => "",
        var present when present == file.ByteCount => "  here",
        var present => $"  {Quantity.Bytes(present)} here",
    };
}
