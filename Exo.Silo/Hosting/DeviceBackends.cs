using Exo.Engine.Backends;
using Exo.Engine.Cpu;

namespace Exo.Silo.Hosting;

/// <summary>The backends that this program brings, by device.</summary>
internal static class DeviceBackends
{
    public const string Default = "cpu";

    public static readonly IReadOnlyList<string> Known = ["cpu"];

    /// <exception cref="ArgumentException">A device is none of <see cref="Known"/>.</exception>
    public static IReadOnlyList<IShardBackend> Open(IEnumerable<string> devices) => [.. devices.Select(Open)];

    private static IShardBackend Open(string device) => device switch
    {
        "cpu" => new CpuBackend(),
        _ => throw new ArgumentException($"no backend runs '{device}'", nameof(device)),
    };
}
