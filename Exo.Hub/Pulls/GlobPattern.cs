using System.Text;
using System.Text.RegularExpressions;

namespace Exo.Hub.Pulls;

/// <summary>
/// Which paths a pattern means: <c>*</c> and <c>?</c> stay within a part, <c>**</c> crosses parts. A pattern without '/' matches a file's name in
/// any folder; one that ends with '/' matches everything below. Letters' case does not matter.
/// </summary>
internal sealed class GlobPattern
{
    private readonly Regex _regex;
    private readonly bool _nameOnly;

    public GlobPattern(string pattern)
    {
        _nameOnly = !pattern.Contains('/');
        var text = pattern.EndsWith('/') ? pattern + "**" : pattern;
        var regex = new StringBuilder("^");
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '*')
            {
                regex.Append(text[i] == '?' ? "[^/]" : Regex.Escape(text[i].ToString()));
            }
            else if (i + 1 < text.Length && text[i + 1] == '*')
            {
                i++;
                if (i + 1 < text.Length && text[i + 1] == '/')
                {
                    i++;
                    regex.Append("(?:.*/)?"); // "**/" also matches no folder at all.
                }
                else
                {
                    regex.Append(".*");
                }
            }
            else
            {
                regex.Append("[^/]*");
            }
        }
        // Without backtracking: a hostile pattern costs no more than a friendly one.
        _regex = new Regex(regex.Append('$').ToString(), RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
    }

    public bool Matches(string path) => _regex.IsMatch(_nameOnly ? path[(path.LastIndexOf('/') + 1)..] : path);
}
