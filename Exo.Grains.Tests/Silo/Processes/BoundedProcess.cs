using System.Diagnostics;
using System.Text;

namespace Exo.Grains.Tests.Silo.Processes;

/// <summary>A program that a test runs beside itself. It ends with the test, and after some minutes even where the test's own process was killed.</summary>
internal sealed class BoundedProcess : IAsyncDisposable
{
    /// <summary>How long a program runs at most, unless told otherwise.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource _outputEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _openOutputs = 2;

    private BoundedProcess(Process process) => _process = process;

    /// <summary>The process's own id, the one that signals go to.</summary>
    public int Id { get; private set; }

    /// <summary>What it has written so far, both streams.</summary>
    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a program.</summary>
    /// <param name="environment">Variables to set; null takes one away.</param>
    /// <param name="longestLife">When it is killed, come what may.</param>
    public static BoundedProcess Start(string program, IEnumerable<string> arguments, string folder, IReadOnlyDictionary<string, string?>? environment = null, TimeSpan? longestLife = null)
    {
        // `timeout` ends what outlives a test run that was killed itself. Elsewhere than on Linux the test run's own end has to do.
        var isWrapped = OperatingSystem.IsLinux();
        var start = new ProcessStartInfo(isWrapped ? "timeout" : program) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        if (isWrapped)
        {
            foreach (var word in (string[])["--foreground", "--signal=KILL", $"{(longestLife ?? LongestLife).TotalSeconds:0}", program]) start.ArgumentList.Add(word);
        }
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>()) start.Environment[name] = value;

        var process = new Process { StartInfo = start };
        var bounded = new BoundedProcess(process);
        process.OutputDataReceived += (_, line) => bounded.Note(line.Data);
        process.ErrorDataReceived += (_, line) => bounded.Note(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        bounded.Id = isWrapped ? ChildOf(process) : process.Id;
        return bounded;
    }

    public void Send(int signal) => Signals.Send(Id, signal);

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code; 128 and the signal where one killed it.</returns>
    /// <exception cref="TimeoutException">It still runs.</exception>
    public async Task<int> ExitAsync(TimeSpan limit)
    {
        try
        {
            using var timeout = new CancellationTokenSource(limit);
            await _process.WaitForExitAsync(timeout.Token);
            await _outputEnded.Task.WaitAsync(timeout.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"process {Id} didn't end within {limit.TotalSeconds:0.#} s.{Environment.NewLine}{Log}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            try
            {
                Send(Signals.Kill);
            }
            catch (InvalidOperationException)
            {
                // It has ended in between, and only its wrapper has not noticed yet.
            }
            await ExitAsync(KillTimeout);
        }
        _process.Dispose();
    }

    private void Note(string? line)
    {
        if (line is null)
        {
            if (Interlocked.Decrement(ref _openOutputs) == 0) _outputEnded.TrySetResult();
            return;
        }
        lock (_log) _log.AppendLine(line);
    }

    /// <summary>The program that `timeout` runs. A program that ended at once leaves the wrapper's own id, which has ended too.</summary>
    private static int ChildOf(Process wrapper)
    {
        var children = $"/proc/{wrapper.Id}/task/{wrapper.Id}/children";
        var clock = Stopwatch.StartNew();
        while (!wrapper.HasExited && clock.Elapsed < KillTimeout)
        {
            try
            {
                if (int.TryParse(File.ReadAllText(children).Trim(), out var child)) return child;
            }
            catch (IOException)
            {
                // The wrapper has ended while its file was read.
            }
        }
        return wrapper.Id;
    }
}
