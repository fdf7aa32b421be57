namespace Exo.Engine;

/// <summary>A model's file is not what it must be: it names the file, the part of it (a tensor, a key) and the problem.</summary>
public sealed class InvalidModelException : Exception
{
    public InvalidModelException(string file, string? part, string problem, Exception? inner = null)
        : base(OneLine(part is null ? $"{file}: {problem}" : $"{file}: {part}: {problem}"), inner)
    {
        File = file;
        Part = part;
    }

    /// <summary>The file's path.</summary>
    public string File { get; }

    /// <summary>The tensor or key, or null where the whole file is meant.</summary>
    public string? Part { get; }

    /// <summary>Names come from the file: they may be endless, break lines or steer a terminal.</summary>
    private static string OneLine(string message)
    {
        const int MaxLength = 1000;
        if (message.Length > MaxLength) message = message[..MaxLength] + "…";
        return message.Any(char.IsControl) ? string.Concat(message.Select(letter => char.IsControl(letter) ? $"\\u{(int)letter:x4}" : letter.ToString())) : message;
    }
}
