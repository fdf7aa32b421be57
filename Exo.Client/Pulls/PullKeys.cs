using Exo.Api;
using Exo.Client.Terminal;

namespace Exo.Client.Pulls;

/// <summary>
/// Has the key p pause a pull and go on with it. Keys are read on a thread of their own, which waits for the next one until the process ends: so it is for
/// pulls after which the process ends. Ctrl-C stays the signal it is.
/// </summary>
internal sealed class PullKeys
{
    private readonly IKeySource _keys;
    private readonly IExoService _service;
    private readonly string _model;
    private volatile bool _isPaused;
    private volatile string? _refusal;

    private PullKeys(IKeySource keys, IExoService service, string model) => (_keys, _service, _model) = (keys, service, model);

    /// <summary>What the pull's latest snapshot says.</summary>
    public bool IsPaused
    {
        set => _isPaused = value;
    }

    /// <summary>Why the last key did nothing; null where it did.</summary>
    public string? Refusal => _refusal;

    public static PullKeys Begin(IKeySource keys, IExoService service, string model)
    {
        var begun = new PullKeys(keys, service, model);
        new Thread(begun.Read) { IsBackground = true, Name = "pull keys" }.Start();
        return begun;
    }

    private void Read()
    {
        while (_keys.Read() is { } key)
            if (key.KeyChar is 'p' or 'P') Toggle();
    }

    private void Toggle()
    {
        try
        {
            _service.ControlPullAsync(new PullControl { Model = _model, Paused = !_isPaused }).GetAwaiter().GetResult();
            (_isPaused, _refusal) = (!_isPaused, null);
        }
        catch (ExoException refused)
        {
            _refusal = refused.Message;
        }
    }
}
