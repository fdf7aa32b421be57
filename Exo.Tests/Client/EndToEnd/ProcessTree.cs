using System.Globalization;
using System.Text;

namespace Exo.Tests.Client.EndToEnd;

/// <summary>What a process that doesn't end is doing, and those it began: for the message of the test that waited for it.</summary>
internal static class ProcessTree
{
    /// <summary>Each process with its signals, each of its threads with its state, its processor time and where in the kernel it waits. Linux; elsewhere nothing.</summary>
    public static string Describe(int root)
    {
        var text = new StringBuilder();
        if (!OperatingSystem.IsLinux()) return "";
        foreach (var process in Below(root))
        {
            text.Append(CultureInfo.InvariantCulture, $"process {process}: {Read($"/proc/{process}/cmdline").Replace('\0', ' ')}\n");
            foreach (var line in Read($"/proc/{process}/status").Split('\n').Where(line => line.StartsWith("State", StringComparison.Ordinal) || line.Contains("Sig", StringComparison.Ordinal) || line.StartsWith("ShdPnd", StringComparison.Ordinal)))
                text.Append("  ").Append(line).Append('\n');
            foreach (var thread in Entries($"/proc/{process}/task"))
            {
                var (name, fields) = Stat($"{thread}/stat");
                text.Append(CultureInfo.InvariantCulture, $"  thread {name}: {fields[0]}, {fields[11]} + {fields[12]} ticks, waits in {Read($"{thread}/wchan")}\n");
            }
        }

        return text.ToString();
    }

    private static List<int> Below(int root)
    {
        var parents = Entries("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, CultureInfo.InvariantCulture, out _)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture))
            .ToDictionary(id => id, id => int.TryParse(Stat($"/proc/{id}/stat").Fields[1], CultureInfo.InvariantCulture, out var parent) ? parent : 0);
        List<int> found = [root];
        for (var i = 0; i < found.Count; i++) found.AddRange(parents.Where(pair => pair.Value == found[i]).Select(pair => pair.Key));
        return found;
    }

    /// <summary>The name, and the fields after it; a name may hold anything.</summary>
    private static (string Name, string[] Fields) Stat(string file)
    {
        var text = Read(file);
        var (open, close) = (text.IndexOf('('), text.LastIndexOf(')'));
        return close < 0 ? ("gone", [.. Enumerable.Repeat("?", 20)]) : (text[(open + 1)..close], text[(close + 2)..].Split(' '));
    }

    private static string[] Entries(string folder)
    {
        try
        {
            return Directory.GetDirectories(folder);
        }
        catch (IOException)
        {
            return []; // It has ended meanwhile.
        }
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file).TrimEnd();
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
