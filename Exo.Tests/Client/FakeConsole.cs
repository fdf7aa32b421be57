using System.Collections.Concurrent;
using Exo.Client.Terminal;

namespace Exo.Tests.Client;

/// <summary>A console whose streams are strings and whose terminal is scripted.</summary>
internal sealed class FakeConsole : IConsole
{
    private readonly List<Func<StopSignal, bool>> _listeners = [];

    public StringWriter Output { get; } = new() { NewLine = "\n" };

    public ToldWriter Errors { get; } = new() { NewLine = "\n" };

    public FakeKeys Script { get; } = new();

    public TextWriter Out { get; set; }

    public TextWriter Error => Errors;

    public TextReader In { get; set; } = new StringReader("");

    public bool InputIsTerminal { get; init; }

    public bool OutputIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    public bool HasCursor { get; init; }

    public bool HasColor => false;

    public bool Reflows { get; init; } = true;

    public int Width { get; set; } = 80;

    public int Height { get; set; } = 24;

    public int? Stay { get; set; } = 0;

    public bool IsInBackground { get; set; }

    public LiveArea? Live { get; set; }

    public IKeySource Keys => Script;

    public FakeConsole() => Out = Output;

    /// <summary>All three streams are a terminal's.</summary>
    public static FakeConsole OnTerminal(int width = 80) => new() { InputIsTerminal = true, OutputIsTerminal = true, ErrorIsTerminal = true, HasCursor = true, Width = width };

    public IDisposable Listen(Func<StopSignal, bool> listener)
    {
        lock (_listeners) _listeners.Add(listener);
        return new Registration(() => { lock (_listeners) _listeners.Remove(listener); });
    }

    /// <summary>Waits until a text has been written to the error stream.</summary>
    public Task ToldAsync(string text) => Errors.WhenContainsAsync(text).WaitAsync(TimeSpan.FromSeconds(10));

    /// <summary>True where a listener dealt with it, false where the process would have ended.</summary>
    public bool Raise(StopSignal signal)
    {
        Func<StopSignal, bool>[] listeners;
        lock (_listeners) listeners = [.. _listeners];
        return listeners.Reverse().Any(listener => listener(signal));
    }

    private sealed class Registration(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}

/// <summary>A string that may be waited for; written and read on any thread.</summary>
internal sealed class ToldWriter : StringWriter
{
    private readonly Lock _lock = new();
    private readonly List<(string Text, TaskCompletionSource Told)> _waiting = [];

    public Task WhenContainsAsync(string text)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock) _waiting.Add((text, told));
        Look();
        return told.Task;
    }

    public override void Write(char value)
    {
        lock (_lock) base.Write(value);
        Look();
    }

    public override void Write(string? value)
    {
        lock (_lock) base.Write(value);
        Look();
    }

    public override void WriteLine(string? value) => Write(value + NewLine);

    public override string ToString()
    {
        lock (_lock) return base.ToString();
    }

    private void Look()
    {
        lock (_lock)
        {
            var text = base.ToString();
            foreach (var (wanted, told) in _waiting)
                if (text.Contains(wanted, StringComparison.Ordinal)) told.TrySetResult();
        }
    }
}

/// <summary>Keys from a script; its end is the end of the input.</summary>
internal sealed class FakeKeys : IKeySource
{
    private readonly ConcurrentQueue<ConsoleKeyInfo> _keys = [];

    public bool IsAvailable => Failure is { } failure ? throw failure : !_keys.IsEmpty;

    /// <summary>What asking for a key throws.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Types a text; '\n' is the Enter key, control characters are Ctrl and a letter.</summary>
    public FakeKeys Type(string text)
    {
        foreach (var character in text) _keys.Enqueue(KeyOf(character));
        return this;
    }

    public FakeKeys Press(ConsoleKey key, ConsoleModifiers modifiers = 0, char character = '\0')
    {
        _keys.Enqueue(new ConsoleKeyInfo(character, key, modifiers.HasFlag(ConsoleModifiers.Shift), modifiers.HasFlag(ConsoleModifiers.Alt), modifiers.HasFlag(ConsoleModifiers.Control)));
        return this;
    }

    public IDisposable Begin() => new Scope();

    public ConsoleKeyInfo? Read() => Failure is { } failure ? throw failure : _keys.TryDequeue(out var key) ? key : null;

    private static ConsoleKeyInfo KeyOf(char character) => character switch
    {
        '\n' => new ConsoleKeyInfo('\r', ConsoleKey.Enter, false, false, false),
        '\b' => new ConsoleKeyInfo('\b', ConsoleKey.Backspace, false, false, false),
        '\e' => new ConsoleKeyInfo('\e', ConsoleKey.Escape, false, false, false),
        < ' ' => new ConsoleKeyInfo(character, (ConsoleKey)(character + '@'), false, false, true),
        _ => new ConsoleKeyInfo(character, char.IsAsciiLetterOrDigit(character) ? (ConsoleKey)char.ToUpperInvariant(character) : 0, false, false, false),
    };

    private sealed class Scope : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
