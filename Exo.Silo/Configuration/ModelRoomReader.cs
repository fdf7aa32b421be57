using System.Globalization;
using Exo.Silo.Hosting;

namespace Exo.Silo.Configuration;

/// <summary>Reads what models may use here, and for how long.</summary>
internal sealed class ModelRoomReader(SettingParser parser)
{
    private const long LeastMemory = 64L << 20;

    public string[] Devices()
    {
        var devices = SettingParser.List(parser[SettingKeys.Devices] ?? DeviceBackends.Default);
        if (devices.Length == 0) throw parser.Refuse(SettingKeys.Devices, $"name one at least, of {string.Join(", ", DeviceBackends.Known)}");
        if (devices.GroupBy(device => device).FirstOrDefault(group => group.Count() > 1) is { } twice) throw parser.Refuse(SettingKeys.Devices, $"{twice.Key} is there twice: name each device once");
        if (devices.FirstOrDefault(device => !DeviceBackends.Known.Contains(device)) is { } unknown)
            throw parser.Refuse(SettingKeys.Devices, $"this build knows no device '{unknown}', only {string.Join(", ", DeviceBackends.Known)}");
        return devices;
    }

    public int Threads()
    {
        if (parser[SettingKeys.Threads] is not { } text) return Environment.ProcessorCount;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var threads) && threads is >= 1 and <= 1024
            ? threads
            : throw parser.Refuse(SettingKeys.Threads, $"give a whole number, 1 to 1024; this machine has {Environment.ProcessorCount} cores");
    }

    public long? Memory()
    {
        if (parser[SettingKeys.Memory] is not { } text) return null;
        return ByteCounts.Parse(text, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) is { } byteCount and >= LeastMemory
            ? byteCount
            : throw parser.Refuse(SettingKeys.Memory, $"give a size of {LeastMemory >> 20} MiB or more, like 24G, 24GB or 80%");
    }

    public TimeSpan? KeepAlive()
    {
        if (parser[SettingKeys.KeepAlive] is not { } text) return null;
        if (!Api.Local.KeepAlive.TryParse(text, out var time)) throw parser.Refuse(SettingKeys.KeepAlive, "give a time such as 5m, 1h30m or 90, or 0, or -1 for as long as its memory is not needed");
        return time == Api.Local.KeepAlive.Forever ? null : time;
    }
}
