using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class AuthCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("AUTH", -2,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast |
        CommandFlags.NoAuth | CommandFlags.AllowBusy,
        AclCategory.Connection)
    {
        Secrets = SecretArguments.All,
        Syntax = "[username] password",
        Arguments = "username@6.0.0 password",
        Since = "1.0.0",
        Group = "connection",
        Complexity = "O(N) where N is the number of passwords defined for the user",
        Summary = "Authenticate to the server",
        History =
        [
            ("6.0.0", "Added ACL style (username and password)."),
        ],
    };

    private const string NoPassword = "ERR AUTH <password> called without any password configured for the "
        + "default user. Are you sure your configuration is correct?";

    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount > 3)
        {
            context.Reply.Error(ErrorText.Syntax);
            return;
        }

        if (context.ArgumentCount == 2 && context.Server.Users.Default.Rights.NeedsNoPassword)
        {
            context.Reply.Error(NoPassword);
            return;
        }

        ReadOnlySpan<byte> user = context.ArgumentCount == 2 ? "default"u8 : context.Argument(1);
        if (Authentication.TryLogIn(context, user, context.Argument(context.ArgumentCount - 1)))
            context.Reply.Ok();
    }
}
