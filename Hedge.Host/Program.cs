Console.WriteLine("hedge");
