using Exo.Api;
using Exo.Client.Terminal;

namespace Exo.Client.Pulls;

/// <summary>
/// Has the key p pause a pull and go on with it, until it is disposed. Keys are looked for now and then, and only while the terminal is this process's: a thread that
/// waited for one would have the whole job stopped once it runs in the background. Ctrl-C stays the signal it is.
/// </summary>
internal sealed class PullKeys : IDisposable
{
    /// <summary>How long a key may wait: less than a person sees.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly IConsole _console;
    private readonly IExoService _service;
    private readonly string _model;
    private readonly CancellationTokenSource _end = new();
    private volatile bool _isPaused;
    private volatile string? _refusal;

    private PullKeys(IConsole console, IExoService service, string model) => (_console, _service, _model) = (console, service, model);

    /// <summary>What the pull's latest snapshot says.</summary>
    public bool IsPaused
    {
        set => _isPaused = value;
    }

    /// <summary>Why the last key did nothing; null where it did.</summary>
    public string? Refusal => _refusal;

    public static PullKeys Begin(IConsole console, IExoService service, string model)
    {
        var begun = new PullKeys(console, service, model);
        new Thread(begun.Read) { IsBackground = true, Name = "pull keys" }.Start();
        return begun;
    }

    public void Dispose() => _end.Cancel();

    private void Read()
    {
        try
        {
            do
            {
                while (!_console.IsInBackground && _console.Keys.IsAvailable)
                {
                    if (_console.Keys.Read() is not { } key) return;
                    if (key.KeyChar is 'p' or 'P') Toggle();
                }
            }
            while (!_end.Token.WaitHandle.WaitOne(Interval));
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException)
        {
            // The terminal has gone; the pull needs no keys.
        }
    }

    private void Toggle()
    {
        try
        {
            _service.ControlPullAsync(new PullControl { Model = _model, Paused = !_isPaused }, _end.Token).GetAwaiter().GetResult();
            (_isPaused, _refusal) = (!_isPaused, null);
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // The pull has ended meanwhile.
        }
        catch (Exception refused)
        {
            _refusal = refused.Message; // Whatever it is: from a thread of its own it would end the process, and the pull goes on.
        }
    }
}
