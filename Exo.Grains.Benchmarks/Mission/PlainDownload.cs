using System.Diagnostics;

namespace Exo.Grains.Benchmarks.Mission;

/// <summary>The limit: sixteen times curl at the lowest priority, which touch no disk and share nothing with a silo but the machine.</summary>
internal sealed class PlainDownload : IDisposable
{
    private const int Connections = 16;

    private readonly Process[] _shells;

    private PlainDownload(Process[] shells) => _shells = shells;

    /// <summary>The bytes are hashed.</summary>
    public static PlainDownload Hashed(MissionHub hub) => Start(hub, "sha256sum");

    /// <summary>The bytes are thrown away: what is left is the hub, and the machine's own network.</summary>
    public static PlainDownload ThrownAway(MissionHub hub) => Start(hub, "cat > /dev/null");

    public void Dispose()
    {
        foreach (var shell in _shells)
        {
            using (var kill = Process.Start("kill", ["-KILL", "--", $"-{shell.Id}"])) kill.WaitForExit();
            shell.Dispose();
        }
    }

    private static PlainDownload Start(MissionHub hub, string into) => new([.. Enumerable.Range(0, Connections).Select(connection =>
        // A shell that ends takes its pipe along: setsid makes them one group.
        Process.Start(new ProcessStartInfo("setsid", ["nice", "-n", "19", "sh", "-c", $"while :; do curl -sL '{hub.AddressOf(connection)}' | {into}; done"]) { RedirectStandardOutput = true })!)]);
}
