using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Settings;

namespace Hedge.Host.Access;

/// <summary>A file with a line for each user: "user name rule rule…".</summary>
internal static class AclFile
{
    private const int UserWords = 2;
    private const string Unchanged = "WARNING: ACL errors detected, no change to the previously active ACL "
        + "rules was performed";

    private const long BytesMax = 64 << 20;

    private static readonly char[] Space = [' ', '\t', '\r', '\n'];

    /// <summary>Reads a file as a whole. Null: something in it is wrong, with every problem on a line of
    /// <paramref name="problems"/>.</summary>
    public static Dictionary<string, UserRights>? Load(string path, CommandTable commands, bool allChannels,
        out string problems)
    {
        string[] lines;
        try
        {
            // Bytes: a mark at the beginning must not make other letters of them.
            lines = Encoding.Latin1.GetString(Content(path)).Split('\n');
        }
        catch (Exception e) when (IsOfFile(e))
        {
            problems = $"Error loading ACLs, opening file '{path}': {Reason(e)}";
            return null;
        }

        var users = new Dictionary<string, UserRights>();
        var wrong = new StringBuilder();
        for (int i = 0; i < lines.Length; i++)
        {
            if (Read(lines[i], users, commands, allChannels) is not { } problem) continue;
            wrong.Append(System.Globalization.CultureInfo.InvariantCulture, $"{path}:{i + 1}: {problem}. ");
        }

        problems = wrong.Length == 0 ? "" : wrong + Unchanged;
        return wrong.Length == 0 ? users : null;
    }

    /// <summary>Reads a line; null, or what is wrong with it.</summary>
    public static string? Read(string line, Dictionary<string, UserRights> users, CommandTable commands,
        bool allChannels)
    {
        line = line.Trim(Space);
        if (line.Length == 0 || line[0] == '#') return null;
        // A name may be empty, so every space counts up to it.
        string[] words = line.Split(' ');
        if (words.Length < UserWords || words[0] != "user")
            return "line should start with user keyword followed by the username";
        if (RuleText.HasSpace(words[1])) return "the username contains spaces or null characters";
        if (users.ContainsKey(words[1])) return AclProblem.Duplicate;
        if (UserRules.Join(Rules(words), out string unmatched) is not { } rules)
            return $"Unmatched parenthesis in acl selector starting at '{unmatched}'";
        UserRights? rights = UserRules.Apply(UserRights.New(commands, allChannels), rules, commands,
            allChannels, out string wrong, out string problem);
        if (rights is null) return $"Error in user declaration '{wrong}': {problem}";
        users.Add(words[1], rights);
        return null;
    }

    // As long as it says it is: a device has no length, and no end.
    private static byte[] Content(string path)
    {
        using FileStream file = File.OpenRead(path);
        if (file.Length > BytesMax) throw new IOException("it is longer than 64 MiB");
        var content = new byte[file.Length];
        file.ReadExactly(content);
        return content;
    }

    private static string Reason(Exception problem) => problem switch
    {
        FileNotFoundException or DirectoryNotFoundException => "No such file or directory",
        UnauthorizedAccessException => "Permission denied",
        _ => problem.Message,
    };

    // A path with a NUL in it is an argument that is wrong.
    private static bool IsOfFile(Exception e) =>
        e is IOException or UnauthorizedAccessException or ArgumentException;

    private static IEnumerable<string> Rules(IEnumerable<string> words) =>
        words.Skip(UserWords).Select(word => word.Trim(Space)).Where(static word => word.Length > 0);

    /// <summary>Writes all users; the new file replaces the old one in one step, synced before. Null, or what
    /// went wrong.</summary>
    public static string? Save(string path, IEnumerable<User> users)
    {
        try
        {
            PrivateFile.Replace(path, Encoding.Latin1.GetBytes(string.Concat(users.Select(u => $"{u}\n"))));
            return null;
        }
        catch (Exception e) when (IsOfFile(e))
        {
            return e.Message;
        }
    }
}
