using System.Text;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>How a client has several commands run by one Lua script, which returns all replies.</summary>
/// <param name="Declares">Whether it says what it is going to touch: the keys are named, and are used as
/// <c>KEYS</c>. Otherwise one script runs what its arguments say.</param>
/// <param name="Spins">How often it goes round in a loop before each command.</param>
internal sealed record SimLua(bool Declares, int Spins)
{
    private const string Dispatcher = """
        local replies, at = {}, 2
        while at <= #ARGV do
          for i = 1, tonumber(ARGV[1]) do end
          local count = tonumber(ARGV[at])
          replies[#replies + 1] = redis.pcall(unpack(ARGV, at + 1, at + count))
          at = at + 1 + count
        end
        return replies
        """;

    /// <summary>The request.</summary>
    public string[] Request(string[][] commands) => Declares ? Declared(commands)
        : ["EVAL", Dispatcher, "0", $"{Spins}",
            .. commands.SelectMany(command => command.Prepend($"{command.Length}"))];

    private string[] Declared(string[][] commands)
    {
        List<string> keys = [];
        List<string> arguments = [];
        StringBuilder text = new("local call, r = redis.pcall, {}\n");
        foreach (string[] command in commands)
        {
            HashSet<string> own = [.. SimAction.KeysOf(command)];
            text.Append($"for i = 1, {Spins} do end r[#r + 1] = call('{command[0]}'");
            foreach (string argument in command.Skip(1))
            {
                List<string> list = own.Contains(argument) ? keys : arguments;
                list.Add(argument);
                text.Append(list == keys ? $", KEYS[{keys.Count}]" : $", ARGV[{arguments.Count}]");
            }

            text.Append(")\n");
        }

        return ["EVAL", text.Append("return r").ToString(), $"{keys.Count}", .. keys, .. arguments];
    }
}
