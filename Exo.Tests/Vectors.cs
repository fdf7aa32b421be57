namespace Exo.Tests;

/// <summary>
/// The reference vectors: real tokenizers, chat templates and small models with answers that others computed.
/// They lie outside the repository, in the folder that the environment variable EXO_VECTORS names.
/// </summary>
internal static class Vectors
{
    /// <summary>The folder, or null where there are none.</summary>
    public static string? Folder { get; } = Environment.GetEnvironmentVariable("EXO_VECTORS") is { Length: > 0 } folder && Directory.Exists(folder) ? folder : null;

    /// <summary>A path below the folder; skips the running test where there are no vectors.</summary>
    public static string Path(params string[] parts)
    {
        Assert.SkipWhen(Folder is null, "EXO_VECTORS names no folder of reference vectors");
        return System.IO.Path.Combine([Folder!, .. parts]);
    }
}
