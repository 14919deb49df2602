function Use-Lock {
    # Runs a script block, with an argument, while no other runspace holds the lock of an object.
    param($Lock, $Body, $Argument)

    $isTaken = $false
    try {
        # Ctrl+C comes between any two statements, and is seen between two tries.
        while (-not $isTaken) {
            $isTaken = [System.Threading.Monitor]::TryEnter($Lock, 100)
        }
        & $Body $Argument
    }
    finally {
        if ($isTaken) {
            [System.Threading.Monitor]::Exit($Lock)
        }
    }
}
