using System.Text;
using Hedge.Host.Access;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Access;

internal sealed class AclSetUserCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ACL|SETUSER", -3,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Secrets = SecretArguments.All,
        Scope = CommandScope.AllCores,
        Syntax = "username [rule [rule ...]]",
        Since = "6.0.0",
        Group = "server",
        Complexity = "O(N). Where N is the number of rules provided.",
        Summary = "Modify or create the rules for a specific ACL user",
        History =
        [
            ("6.2.0", "Added Pub/Sub channel patterns."),
            ("7.0.0", "Added selectors and key based permissions."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        string name = Encoding.Latin1.GetString(context.Argument(2));
        if (RuleText.HasSpace(name))
        {
            context.Reply.Error("ERR Usernames can't contain spaces or null characters");
            return;
        }

        var words = new string[context.ArgumentCount - 3];
        for (int i = 0; i < words.Length; i++) words[i] = Encoding.Latin1.GetString(context.Argument(3 + i));
        if (UserRules.Join(words, out string unmatched) is not { } rules)
        {
            AclText.Fail(context,
                $"ERR Unmatched parenthesis in acl selector starting at '{AclText.Shown(unmatched)}'.");
            return;
        }

        if (context.Server.Users.TrySet(name, rules, out string wrong, out string problem) is not { } user)
        {
            AclText.Fail(context, $"ERR Error in ACL SETUSER modifier '{AclText.Shown(wrong)}': {problem}");
            return;
        }

        UserClients.Close(context,
            session => session.User == user && UserClients.ListensTooFar(session, user.Rights));
        context.Reply.Ok();
    }
}
