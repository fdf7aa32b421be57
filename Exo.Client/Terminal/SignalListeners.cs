using System.Runtime.InteropServices;

namespace Exo.Client.Terminal;

/// <summary>Hands the process's signals to whoever listens, the latest first.</summary>
internal sealed class SignalListeners
{
    private readonly Lock _lock = new();
    private readonly List<Func<StopSignal, bool>> _listeners = [];
    private readonly List<PosixSignalRegistration> _registrations = [];

    public IDisposable Add(Func<StopSignal, bool> listener)
    {
        lock (_lock)
        {
            if (_registrations.Count == 0) Register();
            _listeners.Add(listener);
        }
        return new Registration(this, listener);
    }

    /// <summary>True where a listener has dealt with the signal.</summary>
    public bool Raise(StopSignal signal)
    {
        Func<StopSignal, bool>[] listeners;
        lock (_lock) listeners = [.. _listeners];
        return listeners.Reverse().Any(listener => listener(signal));
    }

    private void Register()
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = Raise(StopSignal.Interrupt)));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = Raise(StopSignal.Terminate)));
    }

    private sealed class Registration(SignalListeners owner, Func<StopSignal, bool> listener) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._lock) owner._listeners.Remove(listener);
        }
    }
}
