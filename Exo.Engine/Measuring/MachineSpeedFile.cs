using System.Text.Json;
using System.Text.Json.Serialization;

namespace Exo.Engine.Measuring;

/// <summary>Remembers a machine's speed in a file, so that a program that starts often measures seldom. Thread-safe; one measuring at a time.</summary>
/// <param name="path">The file; its folder is made. Another machine's figures in it are not believed.</param>
/// <param name="time">Tells a figure's age.</param>
/// <param name="measure">Measures with so many threads. Default: <see cref="MachineSpeed.MeasureAsync"/>.</param>
public sealed class MachineSpeedFile(string path, TimeProvider time, Func<int, TimeProvider, Task<MachineSpeed>>? measure = null) : IDisposable
{
    private readonly Func<int, TimeProvider, Task<MachineSpeed>> _measure = measure ?? MachineSpeed.MeasureAsync;
    private readonly SemaphoreSlim _gate = new(1);

    /// <summary>The remembered figures where they are younger than <paramref name="mostAge"/>, else new ones. A file that can't be written costs the next start a measuring.</summary>
    /// <param name="threads">Threads that a model would compute with.</param>
    /// <param name="mostAge">How old a figure may be; zero measures anew.</param>
    /// <param name="cancellationToken">Ends the waiting, not the measuring.</param>
    public async Task<MachineSpeed> GetAsync(int threads, TimeSpan mostAge, CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Read() is { } known && known.Threads == threads && known.Machine == Environment.MachineName && IsYoung(known, mostAge)) return known;
            var speed = await _measure(threads, time).WaitAsync(cancellationToken).ConfigureAwait(false);
            Write(speed);
            return speed;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    /// <summary>A clock that was set back makes no figure young.</summary>
    private bool IsYoung(MachineSpeed speed, TimeSpan mostAge) => time.GetUtcNow() - speed.MeasuredAt is var age && age >= TimeSpan.Zero && age < mostAge;

    /// <summary>Null where there are none, or none that make sense.</summary>
    private MachineSpeed? Read()
    {
        try
        {
            var speed = JsonSerializer.Deserialize(File.ReadAllBytes(path), MachineSpeedJson.Default.MachineSpeed);
            return speed is { ReadBytesPerSecond: > 0, OperationsPerSecond: > 0 } ? speed : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private void Write(MachineSpeed speed)
    {
        var part = $"{path}.{Environment.ProcessId}.part";
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
            File.WriteAllBytes(part, JsonSerializer.SerializeToUtf8Bytes(speed, MachineSpeedJson.Default.MachineSpeed));
            File.Move(part, path, overwrite: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // A read-only home: the figures are right all the same.
        }
    }
}

[JsonSerializable(typeof(MachineSpeed))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class MachineSpeedJson : JsonSerializerContext;
