using Hedge.Host.Access;
using Hedge.Host.Settings;

namespace Hedge.Host.Servers;

/// <summary>The users that a server starts with.</summary>
internal static class UsersAtStart
{
    /// <summary>Reads them from the settings or from the ACL file. Null, or what is wrong.</summary>
    public static string? Load(Server server)
    {
        ServerSettings settings = server.Settings.Current;
        Dictionary<string, UserRights>? users = new();
        if (settings.AclFile.Length > 0)
        {
            users = AclFile.Load(
                settings.AclFile, server.Commands, settings.AllowsChannels, out string problems);
            if (users is null) return $"aclfile: {problems}";
        }

        foreach (string line in settings.Users.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string? problem = AclFile.Read(
                $"user {RuleText.FromSetting(line)}", users, server.Commands, settings.AllowsChannels);
            if (problem is not null) return $"user: {problem}";
        }

        if (users.Count == 0) return null;
        server.Users.Replace(users, out _);
        return null;
    }
}
