namespace Exo.Engine.Chat.Jinja;

/// <summary>
/// Which of <c>caller</c>, <c>varargs</c> and <c>kwargs</c> a macro's body reads before it sets them: only those may be given to it.
/// </summary>
internal sealed class SpecialNames(IEnumerable<string> parameters)
{
    private readonly HashSet<string> _watched = [.. new[] { "caller", "varargs", "kwargs" }.Except(parameters.Where(name => name != "caller"))];
    private readonly HashSet<string> _mentioned = [];

    public void Mention(string name)
    {
        if (_watched.Contains(name)) _mentioned.Add(name);
    }

    public void Store(string name) => _watched.Remove(name);

    public bool Uses(string name) => _mentioned.Contains(name);
}
