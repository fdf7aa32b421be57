using System.Text;

namespace Exo.Client.Terminal;

/// <summary>
/// The process's own streams and terminal. <see cref="Console"/>'s writers are left alone: setting them up costs time at the start,
/// writes cursor codes, and hides that a pipe was closed.
/// </summary>
internal sealed class SystemConsole : IConsole
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);
    private readonly SignalListeners _listeners = new();
    private readonly Lazy<TerminalStays> _stays = new(() => new TerminalStays());
    private readonly Lazy<TextReader> _in = new(() => GivenStream.Is(0) ? new StreamReader(Console.OpenStandardInput(), Utf8, detectEncodingFromByteOrderMarks: true) : TextReader.Null);

    public SystemConsole()
    {
        OutputIsTerminal = GivenStream.Is(1) && !Console.IsOutputRedirected;
        ErrorIsTerminal = GivenStream.Is(2) && !Console.IsErrorRedirected;
        InputIsTerminal = GivenStream.Is(0) && !Console.IsInputRedirected;
        if (OperatingSystem.IsWindows() && (OutputIsTerminal || ErrorIsTerminal)) Console.OutputEncoding = Utf8;
        Out = new StreamWriter(StandardOutput.Open(1), Utf8, 4096) { AutoFlush = false, NewLine = "\n" };
        Error = TextWriter.Synchronized(new StreamWriter(StandardOutput.Open(2), Utf8, 1024) { AutoFlush = true, NewLine = "\n" });
    }

    public TextWriter Out { get; }

    public TextWriter Error { get; }

    public TextReader In => _in.Value;

    public bool InputIsTerminal { get; }

    public bool OutputIsTerminal { get; }

    public bool ErrorIsTerminal { get; }

    public bool HasCursor { get; } = OperatingSystem.IsWindows() || Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    public bool HasColor => HasCursor && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";

    /// <summary>xterm, the Linux console and screen don't; xterm alone names itself so.</summary>
    public bool Reflows { get; } = Environment.GetEnvironmentVariable("TMUX") is { Length: > 0 }
        || (Environment.GetEnvironmentVariable("XTERM_VERSION") is null or "" && Environment.GetEnvironmentVariable("STY") is null or "" && Environment.GetEnvironmentVariable("TERM") is not "linux");

    public int Width => Measure(() => Console.WindowWidth, 80);

    public int Height => Measure(() => Console.WindowHeight, 24);

    public int? Stay => _stays.Value.Current;

    public bool IsInBackground => _stays.Value.IsInBackground;

    public LiveArea? Live { get; set; }

    public IKeySource Keys { get; } = new TerminalKeys();

    public IDisposable Listen(Func<StopSignal, bool> listener) => _listeners.Add(listener);

    private static int Measure(Func<int> measure, int otherwise)
    {
        try
        {
            return measure() is > 0 and var size ? size : otherwise;
        }
        catch (IOException)
        {
            return otherwise;
        }
    }
}
