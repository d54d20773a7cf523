namespace Hedge.Host.Commands.Access;

/// <summary>The file of the users.</summary>
internal static class UserFile
{
    private const string None = "ERR This Redis instance is not configured to use an ACL file. You may want "
        + "to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a "
        + "Redis configuration file set) in order to store users in the Redis configuration.";

    /// <summary>Its path. False, with an error reply: there is none.</summary>
    public static bool TryFind(CommandContext context, out string path)
    {
        path = context.Server.Settings.Current.AclFile;
        if (path.Length == 0) context.Reply.Error(None);
        return path.Length > 0;
    }
}
